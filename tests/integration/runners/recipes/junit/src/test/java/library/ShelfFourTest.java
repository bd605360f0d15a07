package library;

class ShelfFourTest extends Shelf {}
