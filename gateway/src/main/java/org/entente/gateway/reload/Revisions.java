package org.entente.gateway.reload;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The history of policies in the journal's database, shared by all gateways. Its methods block. */
public final class Revisions {
    private final JdbcClient database;

    public Revisions(JdbcClient database) {
        this.database = database;
    }

    Optional<Revision> latest() {
        return database.sql("select * from policy_revision order by number desc limit 1")
                .query(Revisions::revision)
                .optional();
    }

    /** The number of the latest one, 0 when there is none. */
    long latestNumber() {
        return database.sql("select coalesce(max(number), 0) from policy_revision")
                .query(Long.class)
                .single();
    }

    public Optional<Revision> find(long number) {
        return database.sql("select * from policy_revision where number = :number")
                .param("number", number)
                .query(Revisions::revision)
                .optional();
    }

    /** The latest ones, at most so many, the newest first. */
    public List<Revision> history(int atMost) {
        return database.sql("select * from policy_revision order by number desc limit :most")
                .param("most", atMost)
                .query(Revisions::revision)
                .list();
    }

    /** Records one durably; false when another gateway has just recorded one of that number. */
    boolean add(Revision revision) {
        try {
            return database.sql("insert into policy_revision"
                                    + " (number, applied, author, origin, directory, policies, summary) values"
                                    + " (:number, :applied, :author, :origin, :directory, :policies, :summary)"
                                    + " on conflict (number) do nothing")
                            .param("number", revision.number())
                            .param("applied", revision.applied().toEpochMilli())
                            .param("author", revision.author())
                            .param("origin", revision.origin().name().toLowerCase(Locale.ROOT))
                            .param("directory", revision.directory())
                            .param("policies", revision.policies())
                            .param("summary", revision.summary())
                            .update()
                    == 1;
        } catch (DuplicateKeyException e) {
            return false;
        }
    }

    private static Revision revision(ResultSet row, int number) throws SQLException {
        return new Revision(
                row.getLong("number"),
                Instant.ofEpochMilli(row.getLong("applied")),
                row.getString("author"),
                Revision.Origin.valueOf(row.getString("origin").toUpperCase(Locale.ROOT)),
                row.getString("directory"),
                row.getString("policies"),
                row.getString("summary"));
    }
}
