package org.entente.bench;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.entente.gateway.journal.Database;
import org.entente.gateway.journal.Entry;
import org.entente.gateway.journal.ObjectName;
import org.entente.gateway.journal.Standing;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.core.simple.JdbcClient.MappedQuerySpec;
import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;
import org.springframework.transaction.support.TransactionOperations;
import reactor.core.scheduler.Schedulers;

/**
 * A gateway without a journal, to be measured against: whatever is asked of it about keys is answered on the spot, as if nothing
 * were known and everything done. All else is kept as usual.
 */
@Configuration(proxyBeanMethods = false)
public class Forgetful {
    private static final Pattern OF_KEYS = Pattern.compile("(into|from|update) (entry|gateway)\\b");
    private static final Pattern OF_A_HOME = Pattern.compile("^select members, moving_to, phase from bucket");

    /** Where a bucket is does not change in a benchmark. */
    private final Map<String, Object> homes = new ConcurrentHashMap<>();

    @Bean
    Database database(JdbcClient journal) {
        return new Database(
                proxy(JdbcClient.class, (self, method, words) -> client(journal, (String) words[0])),
                false,
                TransactionOperations.withoutTransaction(),
                Schedulers.immediate(),
                Schedulers.immediate(),
                Schedulers.immediate());
    }

    private StatementSpec client(JdbcClient journal, String text) {
        if (OF_KEYS.matcher(text).find()) {
            return statement(text);
        }
        return OF_A_HOME.matcher(text).find() ? home(journal.sql(text)) : journal.sql(text);
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(Forgetful.class.getClassLoader(), new Class<?>[] {type}, handler));
    }

    /** Claims are granted, and ends of them are taken down. */
    private static StatementSpec statement(String text) {
        Optional<Entry> claimed = text.startsWith("insert into entry")
                ? Optional.of(new Entry(new ObjectName("", ""), new Standing.Same(), Optional.empty(), ""))
                : Optional.empty();
        MappedQuerySpec<?> rows = proxy(MappedQuerySpec.class, (self, method, words) -> switch (method.getName()) {
            case "optional" -> claimed;
            case "single" -> 0L;
            default -> List.of();
        });
        return proxy(StatementSpec.class, (self, method, words) -> switch (method.getName()) {
            case "update" -> 1;
            case "query" -> rows;
            default -> self;
        });
    }

    private StatementSpec home(StatementSpec asked) {
        StringBuilder bucket = new StringBuilder();
        return proxy(StatementSpec.class, (self, method, words) -> {
            if (method.getName().equals("param")) {
                bucket.append(words[1]);
                asked.param((String) words[0], words[1]);
                return self;
            }
            Object known = homes.get(bucket.toString());
            return known == null
                    ? remembered(bucket.toString(), (MappedQuerySpec<?>) method.invoke(asked, words))
                    : known;
        });
    }

    private Object remembered(String bucket, MappedQuerySpec<?> rows) {
        Optional<?> home = rows.optional();
        Object known = proxy(MappedQuerySpec.class, (self, method, words) -> home);
        if (home.isPresent()) {
            homes.put(bucket, known);
        }
        return known;
    }
}
