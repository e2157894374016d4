package org.entente.gateway.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

class KeptStatementsTest {
    private static final String ADD = "insert into thing (name, size) values (?, ?)";
    private static final String FIND = "select * from thing where size > ? order by size";

    @TempDir
    private Path directory;

    private KeptStatements source = new KeptStatements("");
    private Connection connection;

    @BeforeEach
    void open() throws SQLException {
        source = new KeptStatements("jdbc:sqlite:" + directory.resolve("things.db") + "?journal_mode=WAL");
        connection = source.getConnection();
        client().sql("create table thing (name text primary key, size integer)").update();
        IntStream.range(0, 3)
                .forEach(i -> client().sql(ADD).params("thing " + i, i).update());
    }

    @AfterEach
    void close() throws SQLException {
        connection.close();
    }

    private JdbcClient client() {
        return JdbcClient.create(new SingleConnectionDataSource(connection, true));
    }

    private List<String> found(int least) {
        return client().sql(FIND)
                .param(least)
                .query((row, number) -> row.getString("name"))
                .list();
    }

    @Test
    void theSameTextIsCompiledOnce() throws SQLException {
        PreparedStatement first = connection.prepareStatement(FIND);
        first.close();
        assertThat(first.isClosed()).isTrue();
        PreparedStatement second = connection.prepareStatement(FIND);
        assertThat(second).isSameAs(first);
        assertThat(second.isClosed()).isFalse();
        assertThat(connection.prepareStatement(ADD)).isNotSameAs(first);
    }

    @Test
    void whoeverAsksForItNextFindsNothingOfTheOneBefore() throws SQLException {
        try (PreparedStatement left = connection.prepareStatement(FIND)) {
            left.setInt(1, 0);
            left.setMaxRows(1);
            ResultSet rows = left.executeQuery();
            assertThat(rows.next()).isTrue();
        }
        assertThat(found(-1)).containsExactly("thing 0", "thing 1", "thing 2");
        assertThat(found(1)).containsExactly("thing 2");
        try (PreparedStatement unset = connection.prepareStatement(FIND)) {
            assertThat(unset.executeQuery().next()).as("compared with null").isFalse();
        }
    }

    @Test
    void twoOfOneTextAtOnceAreTwo() throws SQLException {
        List<String> pairs = new ArrayList<>();
        try (PreparedStatement outer = connection.prepareStatement(FIND)) {
            outer.setInt(1, 0);
            ResultSet rows = outer.executeQuery();
            while (rows.next()) {
                found(rows.getInt("size")).forEach(greater -> pairs.add(text(rows) + " < " + greater));
            }
        }
        assertThat(pairs).containsExactly("thing 1 < thing 2");
    }

    private static String text(ResultSet row) {
        try {
            return row.getString("name");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void closedTwiceItIsGivenToOneOnly() throws SQLException {
        PreparedStatement statement = connection.prepareStatement(FIND);
        statement.close();
        statement.close();
        assertThat(connection.prepareStatement(FIND)).isNotSameAs(connection.prepareStatement(FIND));
    }

    @Test
    void oneThatFailedWorksNextTime() {
        assertThatThrownBy(() -> client().sql(ADD).params("thing 1", 7).update())
                .isInstanceOf(DataAccessException.class);
        client().sql(ADD).params("thing 7", 7).update();
        assertThat(found(5)).containsExactly("thing 7");
    }

    @Test
    void itSeesATableThatAnotherConnectionHasChanged() throws SQLException {
        assertThat(found(1)).containsExactly("thing 2");
        try (Connection other = source.getConnection()) {
            JdbcClient elsewhere = JdbcClient.create(new SingleConnectionDataSource(other, true));
            elsewhere
                    .sql("alter table thing add column colour text default 'red'")
                    .update();
            elsewhere.sql(ADD).params("thing 9", 9).update();
        }
        assertThat(client().sql(FIND)
                        .param(1)
                        .query((row, number) -> row.getString("name") + " " + row.getString("colour"))
                        .list())
                .containsExactly("thing 2 red", "thing 9 red");
    }

    @Test
    void onlySoManyAreKept() throws SQLException {
        PreparedStatement oldest = connection.prepareStatement(FIND);
        oldest.close();
        PreparedStatement second = connection.prepareStatement(ADD);
        second.close();
        for (int i = 0; i < KeptStatements.MOST - 1; i++) {
            connection.prepareStatement("select " + i).close();
        }
        assertThat(connection.prepareStatement(ADD)).isSameAs(second);
        assertThat(connection.prepareStatement(FIND)).isNotSameAs(oldest);
        assertThatThrownBy(() -> oldest.setInt(1, 1)).isInstanceOf(SQLException.class);
    }

    @Test
    void whatIsClosedAfterItsConnectionIsNoError() throws SQLException {
        try (Connection other = source.getConnection();
                PreparedStatement statement = other.prepareStatement(FIND)) {
            other.close();
            assertThat(statement.isClosed()).isFalse();
        }
    }
}
