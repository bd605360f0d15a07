ALTER TABLE book DROP published;
