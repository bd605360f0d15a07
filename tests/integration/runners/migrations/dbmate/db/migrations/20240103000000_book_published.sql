-- migrate:up
ALTER TABLE book ADD published integer;

-- migrate:down
ALTER TABLE book DROP published;
