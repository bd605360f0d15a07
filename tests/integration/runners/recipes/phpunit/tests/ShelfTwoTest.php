<?php
final class ShelfTwoTest extends Shelf
{
}
