ALTER TABLE book ADD published integer;
