package library;

class ShelfOneTest extends Shelf {}
