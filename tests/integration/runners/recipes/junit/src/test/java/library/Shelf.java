package library;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;

/** Surefire gives each class to a fork, so several classes inherit these tests. */
abstract class Shelf {
    private static String value(Statement statement, String query) throws SQLException {
        try (ResultSet rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getString(1);
        }
    }

    @BeforeEach
    void nobodyElseIsHere() throws SQLException {
        try (Connection connection = WorkerDatabase.connect(); Statement statement = connection.createStatement()) {
            statement.execute("INSERT INTO visitor VALUES ('" + WorkerDatabase.VARIABLE + "') ON CONFLICT DO NOTHING");
            assertEquals(WorkerDatabase.VARIABLE, value(statement, "SELECT string_agg(worker, ' ') FROM visitor"));
        }
    }

    @RepeatedTest(3)
    void oneMoreBook() throws Exception {
        try (Connection connection = WorkerDatabase.connect(); Statement statement = connection.createStatement()) {
            statement.execute("INSERT INTO book (id, author_id, title) VALUES (100, 1, 'Typee')");
            Thread.sleep(50);
            assertEquals("6", value(statement, "SELECT count(*) FROM book"));
            statement.execute("DELETE FROM book WHERE id = 100");
        }
    }
}
