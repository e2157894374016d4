package org.entente.gateway.audit;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.time.Instant;
import java.util.List;

/**
 * Something that matters: a write, a refusal, a reload, an operator's command. Texts that do not apply are empty and left
 * out of the log.
 *
 * @param time when it was done
 * @param event {@code write}, {@code refusal}, {@code reload} or {@code operator}
 * @param principal who asked: a principal, an operator, or {@code directory}
 * @param sites where bytes were sent
 * @param policy the one that placed
 * @param revision of the policies that decided; 0 when none did
 * @param status of the answer; 0 when there was none
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@JsonPropertyOrder({
    "time",
    "event",
    "requestId",
    "principal",
    "operation",
    "bucket",
    "key",
    "keyHash",
    "sites",
    "policy",
    "revision",
    "status",
    "reason"
})
public record AuditRecord(
        String time,
        String event,
        String requestId,
        String principal,
        String operation,
        String bucket,
        String key,
        String keyHash,
        List<String> sites,
        String policy,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) long revision,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) int status,
        String reason) {

    public static AuditRecord reload(Instant time, String author, long revision, String reason) {
        return new AuditRecord(
                time.toString(), "reload", "", author, "", "", "", "", List.of(), "", revision, 0, reason);
    }

    public static AuditRecord operator(Instant time, String operator, String command, int status, String reason) {
        return new AuditRecord(
                time.toString(), "operator", "", operator, command, "", "", "", List.of(), "", 0, status, reason);
    }

    AuditRecord withHashedKey() {
        return key.isEmpty()
                ? this
                : new AuditRecord(
                        time,
                        event,
                        requestId,
                        principal,
                        operation,
                        bucket,
                        "",
                        Chain.sha256(key),
                        sites,
                        policy,
                        revision,
                        status,
                        reason);
    }
}
