<?php
final class ShelfOneTest extends Shelf
{
}
