package org.entente.gateway.console;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.entente.gateway.config.ConfigDirectory.Checked;
import org.entente.gateway.operators.PolicyControl;
import org.entente.gateway.operators.SiteControl;
import org.entente.gateway.reload.Outcome;
import org.entente.gateway.reload.Revision;
import org.entente.policy.decide.Explanation;
import org.entente.policy.foresight.Stress;
import org.entente.policy.model.Action;
import org.entente.policy.model.Finding;
import org.jspecify.annotations.Nullable;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Policies: an editor that says what would come of them before they are in force, their history, and their reasons. */
final class PolicyPages {
    private static final String HOME = "/console/policies";
    private static final String TITLE = "Policies";

    private final Pages pages;
    private final PolicyControl policies;
    private final SiteControl sites;

    PolicyPages(Pages pages, PolicyControl policies, SiteControl sites) {
        this.pages = pages;
        this.policies = policies;
        this.sites = sites;
    }

    private record Found(String text, boolean error) {}

    /** @param any whether there is something to say */
    private record Check(boolean usable, List<Found> findings, boolean any) {}

    private record Editor(
            String said,
            long revision,
            List<String> rejected,
            boolean anyRejected,
            String text,
            long basedOn,
            Check check,
            List<PolicyControl.Summary> history) {}

    private record Review(
            String text,
            long basedOn,
            Check check,
            List<String> changes,
            List<Kind> kinds,
            List<Lost> losses,
            boolean complete) {}

    private record Kind(String name, String policy, String members, int acknowledge) {}

    /** What is left of kinds of objects after a loss. */
    private record Lost(String loss, String sites, List<Left> left) {}

    private record Left(String name, String outcome, boolean survives) {}

    private record Past(
            Revision revision,
            String applied,
            List<String> summary,
            boolean current,
            Check check,
            List<String> changes) {}

    private record Choice(String value, boolean chosen) {
        static List<Choice> of(List<String> values, List<String> chosen) {
            return values.stream()
                    .map(value -> new Choice(value, chosen.contains(value)))
                    .toList();
        }
    }

    private record Question(
            List<Choice> principals,
            List<Choice> actions,
            String bucket,
            String key,
            String label,
            List<Choice> dark,
            String wrong,
            @Nullable Answer answer) {}

    private record Answer(
            boolean permitted, String why, String policy, String members, String targets, List<Judged> sites) {}

    /** A site, and why something may or may not be sent to it. */
    record Judged(String site, boolean permitted, List<String> reasons) {
        static Judged of(Explanation.Judged judged, PolicyControl policies) {
            return new Judged(
                    judged.site(),
                    judged.permitted(),
                    judged.reasons().stream().map(policies::brief).toList());
        }
    }

    private Check check(List<Finding> findings, boolean usable) {
        return new Check(
                usable,
                findings.stream()
                        .map(finding -> new Found(policies.brief(finding), finding.isError()))
                        .toList(),
                !findings.isEmpty());
    }

    private Answer answer(Explanation explanation) {
        return new Answer(
                explanation.permitted(),
                explanation.why().orElse(""),
                explanation
                        .policy()
                        .map(placed -> placed.name() + " (" + policies.brief(placed.at()) + ")")
                        .orElse(""),
                String.join(", ", explanation.members()),
                String.join(", ", explanation.targets()),
                explanation.sites().stream()
                        .map(judged -> Judged.of(judged, policies))
                        .toList());
    }

    RouterFunction<ServerResponse> routes() {
        return RouterFunctions.route()
                .GET(HOME, this::inForce)
                .POST(HOME, this::put)
                .POST(HOME + "/edit", this::edit)
                .POST(HOME + "/check", this::check)
                .POST(HOME + "/review", this::review)
                .GET(HOME + "/{number:\\d{1,15}}", this::past)
                .POST(HOME + "/{number:\\d{1,15}}/rollback", this::rollback)
                .GET("/console/explain", this::explain)
                .build();
    }

    private Mono<ServerResponse> answer(ServerRequest request, Callable<Mono<ServerResponse>> work) {
        return Mono.fromCallable(work)
                .subscribeOn(Schedulers.boundedElastic())
                .flatMap(answer -> answer)
                .onErrorResume(error -> pages.failed(request, error));
    }

    private interface OfForm {
        Mono<ServerResponse> answer(MultiValueMap<String, String> form);
    }

    private Mono<ServerResponse> form(ServerRequest request, OfForm work) {
        return request.exchange()
                .getFormData()
                .publishOn(Schedulers.boundedElastic())
                .flatMap(work::answer)
                .onErrorResume(error -> pages.failed(request, error));
    }

    /** Browsers send lines as RFC 2046 ends them. */
    private static String text(MultiValueMap<String, String> form) {
        return Optional.ofNullable(form.getFirst("policies")).orElse("").replace("\r\n", "\n");
    }

    private static OptionalLong basedOn(MultiValueMap<String, String> form) {
        String number = Optional.ofNullable(form.getFirst("basedOn")).orElse("");
        return number.matches("\\d{1,15}") ? OptionalLong.of(Long.parseLong(number)) : OptionalLong.empty();
    }

    private Mono<ServerResponse> inForce(ServerRequest request) {
        String said = request.queryParam("done").isPresent() ? "The policies are in force." : "";
        return answer(request, () -> {
            PolicyControl.InForce inForce = policies.inForce();
            String text = Optional.ofNullable(inForce.current())
                    .map(Revision::policies)
                    .orElse("");
            return editor(request, inForce, said, text, inForce.revision(), check(List.of(), true));
        });
    }

    private Mono<ServerResponse> editor(
            ServerRequest request, PolicyControl.InForce inForce, String said, String text, long basedOn, Check check) {
        return pages.show(
                request,
                "policies",
                TITLE,
                new Editor(
                        said,
                        inForce.revision(),
                        inForce.rejected().stream().map(policies::brief).toList(),
                        !inForce.rejected().isEmpty(),
                        text,
                        basedOn,
                        check,
                        inForce.history()));
    }

    /** Back to the editor with what has been written, which is not lost on the way. */
    private Mono<ServerResponse> edit(ServerRequest request) {
        return form(request, form -> {
            Checked wanted = policies.with(text(form));
            PolicyControl.InForce inForce = policies.inForce();
            return editor(
                    request,
                    inForce,
                    "",
                    text(form),
                    basedOn(form).orElse(inForce.revision()),
                    check(wanted.findings(), wanted.usable()));
        });
    }

    private Mono<ServerResponse> check(ServerRequest request) {
        return form(request, form -> {
            Checked wanted = policies.with(text(form));
            return pages.part(request, "check", check(wanted.findings(), wanted.usable()));
        });
    }

    private Mono<ServerResponse> review(ServerRequest request) {
        return form(request, form -> {
            Checked wanted = policies.with(text(form));
            return wanted.usable() ? reviewed(request, form, wanted, policies.tried(wanted)) : edit(request);
        });
    }

    private Mono<ServerResponse> reviewed(
            ServerRequest request, MultiValueMap<String, String> form, Checked wanted, Outcome outcome) {
        Stress stress = Stress.of(wanted.documents(), false);
        List<Lost> losses = IntStream.range(0, stress.losses().size())
                .mapToObj(i -> new Lost(
                        stress.losses().get(i).toString(),
                        String.join(", ", stress.losses().get(i).sites()),
                        stress.rows().stream().map(row -> left(row, i)).toList()))
                .toList();
        return pages.show(
                request,
                "review",
                "What these policies change",
                new Review(
                        text(form),
                        basedOn(form).orElse(0),
                        check(outcome.findings(), outcome.accepted()),
                        outcome.changes(),
                        stress.rows().stream()
                                .map(row -> new Kind(
                                        row.name(), row.policy(), String.join(", ", row.members()), row.acknowledge()))
                                .toList(),
                        losses,
                        stress.complete()));
    }

    private static Left left(Stress.Row row, int loss) {
        Stress.Outcome outcome = row.outcomes().get(loss);
        return new Left(row.name(), Stress.word(outcome), outcome == Stress.Outcome.SURVIVES);
    }

    private Mono<ServerResponse> put(ServerRequest request) {
        return form(
                request,
                form -> pages.who(request)
                        .publishOn(Schedulers.boundedElastic())
                        .flatMap(who -> {
                            Outcome outcome = policies.put(who, text(form), basedOn(form));
                            if (outcome.accepted()) {
                                return Pages.to(HOME + "?done");
                            }
                            // What has become unusable has no consequences to look at, and is to be mended.
                            Checked wanted = policies.with(text(form));
                            return wanted.usable() ? reviewed(request, form, wanted, outcome) : edit(request);
                        }));
    }

    private static long number(ServerRequest request) {
        return Long.parseLong(request.pathVariable("number"));
    }

    private Mono<ServerResponse> past(ServerRequest request) {
        return answer(request, () -> {
            Optional<Revision> revision = policies.revision(number(request));
            if (revision.isEmpty()) {
                return pages.missing(request, "There is no revision of that number.");
            }
            Checked wanted = policies.with(revision.get().policies());
            Outcome outcome = policies.tried(wanted);
            return pages.show(
                    request,
                    "revision",
                    "Revision " + revision.get().number(),
                    new Past(
                            revision.get(),
                            Words.moment(revision.get().applied()),
                            revision.get().summary().lines().toList(),
                            revision.get().number() == outcome.revision(),
                            check(outcome.findings(), outcome.accepted()),
                            outcome.changes()));
        });
    }

    private Mono<ServerResponse> rollback(ServerRequest request) {
        return pages.who(request)
                .publishOn(Schedulers.boundedElastic())
                .flatMap(who -> policies.rollback(who, number(request))
                        .map(outcome -> outcome.accepted() ? Pages.to(HOME + "?done") : past(request))
                        .orElseGet(() -> pages.missing(request, "There is no revision of that number.")))
                .onErrorResume(error -> pages.failed(request, error));
    }

    private Mono<ServerResponse> explain(ServerRequest request) {
        MultiValueMap<String, String> asked = request.queryParams();
        String bucket = request.queryParam("bucket").orElse("");
        String key = request.queryParam("key").orElse("");
        String label = request.queryParam("label").orElse("");
        List<String> dark = asked.getOrDefault("dark", List.of());
        String action = request.queryParam("action").orElse(Action.WRITE.toString());
        Answer answer = null;
        String wrong = "";
        if (!bucket.isEmpty()) {
            try {
                answer = answer(policies.explain(new PolicyControl.Asked(
                        request.queryParam("principal").orElse(null),
                        action,
                        null,
                        bucket,
                        key.isEmpty() ? null : key,
                        label,
                        null,
                        new LinkedHashSet<>(dark))));
            } catch (IllegalArgumentException e) {
                wrong = Words.capital(String.valueOf(e.getMessage())) + ".";
            }
        }
        return pages.show(
                request,
                "explain",
                "Why is it decided so?",
                new Question(
                        Choice.of(policies.principals(), asked.getOrDefault("principal", List.of())),
                        Choice.of(
                                List.of(Action.values()).stream()
                                        .map(Action::toString)
                                        .toList(),
                                List.of(action)),
                        bucket,
                        key,
                        label,
                        Choice.of(sites.names(), dark),
                        wrong,
                        answer));
    }
}
