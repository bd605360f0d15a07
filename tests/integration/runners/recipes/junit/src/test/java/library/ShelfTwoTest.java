package library;

class ShelfTwoTest extends Shelf {}
