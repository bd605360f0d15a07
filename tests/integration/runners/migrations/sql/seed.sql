INSERT INTO author VALUES (1, 'Jane Austen');
