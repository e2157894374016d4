package org.entente.gateway.journal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Properties;
import java.util.SequencedMap;
import org.springframework.jdbc.datasource.AbstractDataSource;
import org.sqlite.JDBC;
import org.sqlite.jdbc4.JDBC4Connection;
import org.sqlite.jdbc4.JDBC4PreparedStatement;

/**
 * A SQLite database whose connections keep a statement that is closed for whoever asks for the same text next. To compile one
 * takes three times as long as to run it, and neither SQLite's driver nor the pool of connections spares it; PostgreSQL's
 * driver does.
 */
public final class KeptStatements extends AbstractDataSource {
    /** By one connection, more than the gateway has of different texts that are asked for again and again. */
    static final int MOST = 100;

    /** In seconds; the pool waits as long, when it is closed, for a connection that is just being opened. */
    private static final int OPENING = 5;

    private final String url;

    /** @param url as SQLite's driver takes it */
    public KeptStatements(String url) {
        this.url = url;
    }

    @Override
    public Connection getConnection() throws SQLException {
        return new Keeping(url);
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        return getConnection();
    }

    @Override
    public int getLoginTimeout() {
        return OPENING;
    }

    /** As any connection, for one thread at a time. */
    private static final class Keeping extends JDBC4Connection {
        /** By their texts, the one that has not been asked for the longest first. */
        private final SequencedMap<String, Kept> idle = new LinkedHashMap<>();

        Keeping(String url) throws SQLException {
            super(url, url.substring(JDBC.PREFIX.length()), new Properties());
        }

        @Override
        public PreparedStatement prepareStatement(String text, int type, int concurrency, int holdability)
                throws SQLException {
            checkOpen();
            checkCursor(type, concurrency, holdability);
            Kept statement = idle.remove(text);
            if (statement == null) {
                return new Kept(this, text);
            }
            statement.open = true;
            return statement;
        }

        private void keep(String text, Kept statement) throws SQLException {
            if (idle.putIfAbsent(text, statement) != null) {
                statement.end();
            } else if (idle.size() > MOST) {
                idle.pollFirstEntry().getValue().end();
            }
        }
    }

    private static final class Kept extends JDBC4PreparedStatement {
        private final Keeping connection;
        private final String text;
        private boolean open = true;

        Kept(Keeping connection, String text) throws SQLException {
            super(connection, text);
            this.connection = connection;
            this.text = text;
        }

        @Override
        public void close() throws SQLException {
            if (!open) {
                return;
            }
            open = false;
            if (connection.isClosed()) {
                return;
            }
            rs.close();
            clearParameters();
            setMaxRows(0);
            connection.keep(text, this);
        }

        @Override
        public boolean isClosed() {
            return !open;
        }

        private void end() throws SQLException {
            super.close();
        }
    }
}
