<?php
use PHPUnit\Framework\TestCase;

/** ParaTest gives each file to a process, so several files inherit these tests. */
abstract class Shelf extends TestCase
{
    private PDO $db;

    protected function setUp(): void
    {
        $url = array_map('rawurldecode', array_map('strval', parse_url(getenv('DATABASE_URL'))));
        $dsn = sprintf('pgsql:host=%s;port=%s;dbname=%s', $url['host'], $url['port'], substr($url['path'], 1));
        $this->db = new PDO($dsn, $url['user'], $url['pass'] ?? null);

        $worker = getenv('TEST_TOKEN') ?: '1';
        $this->db->exec("INSERT INTO visitor VALUES ('$worker') ON CONFLICT DO NOTHING");
        $visitors = $this->db->query('SELECT worker FROM visitor')->fetchAll(PDO::FETCH_COLUMN);
        $this->assertSame([$worker], $visitors, 'somebody else is here');
    }

    /** @dataProvider titles */
    public function testOneMoreBook(string $title): void
    {
        $this->db->prepare('INSERT INTO book (id, author_id, title) VALUES (100, 1, ?)')->execute([$title]);
        usleep(50000);
        $this->assertSame(6, $this->db->query('SELECT count(*) FROM book')->fetchColumn());
        $this->db->exec('DELETE FROM book WHERE id = 100');
    }

    public static function titles(): array
    {
        return [['Typee'], ['Omoo'], ['Mardi']];
    }
}
