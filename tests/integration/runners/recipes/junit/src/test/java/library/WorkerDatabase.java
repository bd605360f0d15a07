package library;

import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/** The database of the fork that this process is: pgclone sets a variable for each, and pom.xml names it. */
final class WorkerDatabase {
    static final String VARIABLE = System.getProperty("pgclone.url", "PGCLONE_URL_1");
    static final String JDBC_URL, USER, PASSWORD;

    static {
        URI url = URI.create(System.getenv(VARIABLE));
        String[] login = url.getUserInfo().split(":", 2);
        String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
        JDBC_URL = "jdbc:postgresql://" + url.getHost() + ":" + (url.getPort() < 0 ? 5432 : url.getPort())
                + url.getRawPath() + query;
        USER = login[0];
        PASSWORD = login.length > 1 ? login[1] : null;
    }

    static Connection connect() throws SQLException {
        return DriverManager.getConnection(JDBC_URL, USER, PASSWORD);
    }
}
