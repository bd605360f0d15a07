import './shelf.js';
