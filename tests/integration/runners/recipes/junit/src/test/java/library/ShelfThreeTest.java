package library;

class ShelfThreeTest extends Shelf {}
