package org.entente.gateway.sites;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.entente.backends.Backend;
import org.entente.backends.Fault;
import org.entente.backends.Operation;
import org.entente.backends.Operation.Effect;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.capability.Capabilities;
import org.entente.backends.capability.Capability;
import org.entente.backends.capability.CapabilityProbe;
import org.entente.backends.resilience.SiteHealth;
import org.entente.backends.xml.XmlReader;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.metrics.Meters;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Reach;
import reactor.core.publisher.Mono;

/** Which backend is which site: the one place where policy and backends meet, and the only way to any site. */
public final class SiteDirectory {
    /**
     * A site's backend, and what is known of it.
     *
     * @param health whether it can be asked
     * @param capabilities what it can do
     * @param throttle how fast it may be copied to
     */
    public record Reached(Backend backend, SiteHealth health, Capabilities capabilities, Throttle throttle) {
        public Reached(Backend backend, SiteHealth health, Throttle throttle) {
            this(backend, health, new Capabilities(health.site(), backend), throttle);
        }
    }

    private static final int MAX_DOCUMENT = 16 << 20;

    private final Map<String, Reached> sites;
    private final WritesUnderWay writes;
    private final Commands commands;
    private final Meters meters;

    /**
     * @param sites by their names
     * @param writes watches what is sent
     * @param commands what operators command of sites
     */
    public SiteDirectory(Map<String, Reached> sites, WritesUnderWay writes, Commands commands, Meters meters) {
        this.sites = Map.copyOf(sites);
        this.writes = writes;
        this.commands = commands;
        this.meters = meters;
    }

    /**
     * Sends a request to the permitted site.
     *
     * @throws IllegalArgumentException when the request is about something else, or goes further, than the permit: a
     *     mistake in this program that must not become a breach of the fence
     */
    public Mono<S3Reply> perform(Permit permit, S3Request request) {
        if (!permit.bucket().equals(request.bucket()) || !permit.key().equals(request.key())) {
            throw new IllegalArgumentException(permit + " is not for " + request);
        }
        if (request.operation().effect() == Effect.STORE && permit.reach() != Reach.STORE) {
            throw new IllegalArgumentException(permit + " does not let bytes be sent for " + request);
        }
        String site = permit.site().name().value();
        Reached reached = sites.get(site);
        if (reached == null) {
            return Mono.error(new Fault(site, new Fault.Unreachable(), "no backend speaks to it"));
        }
        if (commands.isSuspended(site)) {
            return Mono.error(Commands.suspension(site));
        }
        Mono<Void> cut = commands.cut(site);
        Backend backend = reached.backend();
        Mono<S3Reply> reply = request.operation().effect() == Effect.STORE
                ? writes.guard(permit, request, wanted -> Room.at(site, backend, backend.perform(wanted)))
                : Room.at(site, backend, backend.perform(request));
        return Interruption.of(meters.attempt(site, request.operation(), reply), cut)
                .doOnDiscard(S3Reply.class, S3Reply::discard)
                .map(answer -> answer.with(Interruption.of(answer.body(), cut)));
    }

    /**
     * Sends a request to the permitted site as {@link #perform} does, and gives up as soon as the site is found dark, in
     * the middle of a body too: for those who could get elsewhere what they wait for.
     */
    public Mono<S3Reply> performUnlessDark(Permit permit, S3Request request) {
        Reached reached = sites.get(permit.site().name().value());
        if (reached == null) {
            return perform(permit, request);
        }
        return Mono.defer(() -> {
            Mono<Void> darkness = reached.health().darkness();
            return Interruption.of(perform(permit, request), darkness)
                    .doOnDiscard(S3Reply.class, S3Reply::discard)
                    .map(reply -> reply.with(Interruption.of(reply.body(), darkness)));
        });
    }

    /** Whether a request to the site would be sent at present; false of one that is not known. */
    public boolean answers(String site) {
        Reached reached = sites.get(site);
        return reached != null && reached.health().state().answers() && !commands.isSuspended(site);
    }

    /**
     * The names of all buckets that the site has, as it names them. Nothing of any object is sent for it, so that it takes no
     * permit.
     */
    public Mono<List<String>> bucketsAt(String site) {
        Reached reached = sites.get(site);
        if (reached == null || commands.isSuspended(site)) {
            return Mono.error(new Fault(site, new Fault.Unreachable(), "cannot be asked for its buckets"));
        }
        return reached.backend()
                .perform(S3Request.of(Operation.LIST_BUCKETS, ""))
                .flatMap(reply -> reply.bytes(MAX_DOCUMENT).map(document -> names(site, reply.status(), document)));
    }

    private static List<String> names(String site, int status, byte[] document) {
        try {
            XmlReader.Element root = XmlReader.read(document);
            if (status != 200 || !root.name().equals("ListAllMyBucketsResult")) {
                throw new Fault(site, new Fault.Unintelligible(), "does not name its buckets: " + status);
            }
            return root.child("Buckets").map(all -> all.children("Bucket")).orElse(List.of()).stream()
                    .flatMap(bucket -> bucket.textOf("Name").stream())
                    .filter(name -> !name.startsWith(CapabilityProbe.PREFIX))
                    .toList();
        } catch (XmlReader.MalformedXml e) {
            throw new Fault(site, new Fault.Unintelligible(), e);
        }
    }

    /** Whether operators want what the site has moved away. */
    public boolean isDraining(String site) {
        return commands.isDraining(site);
    }

    /** Whether there is a backend for it. */
    public boolean knows(String site) {
        return sites.containsKey(site);
    }

    /**
     * Sends a request as {@link #perform} does, for a bucket of one copy: nothing but this gateway knows that it is under
     * way.
     */
    public Mono<S3Reply> performAlone(Permit permit, S3Request request) {
        Mono<S3Reply> performed = writes.alone(permit.bucket(), perform(permit, request));
        String site = permit.site().name().value();
        return Capability.neededFor(request)
                .map(needed -> can(site, needed)
                        .flatMap(can -> can
                                ? performed
                                : Mono.error(new S3Refusal(
                                        S3ErrorCode.NOT_IMPLEMENTED,
                                        "The store that holds this bucket does not look at the condition of a "
                                                + request.operation().apiName() + ", so that nothing was done."))))
                .orElse(performed);
    }

    /** How fast a site may be copied to. */
    public Throttle throttle(String site) {
        return Optional.ofNullable(sites.get(site)).map(Reached::throttle).orElse(Throttle.NONE);
    }

    /** Whether a site can do this, which is found out by trying if it is not known. */
    public Mono<Boolean> can(String site, Capability capability) {
        Reached reached = sites.get(site);
        if (reached == null || commands.isSuspended(site)) {
            return Mono.error(new Fault(site, new Fault.Unreachable(), "cannot be asked what it can do"));
        }
        return reached.capabilities().find().map(all -> all.contains(capability));
    }

    /** What is known of what a site can do; asks it, for the next time, where nothing is. */
    public Optional<Set<Capability>> capabilities(String site) {
        return Optional.ofNullable(sites.get(site)).map(Reached::capabilities).flatMap(all -> {
            if (all.known().isEmpty() && answers(site)) {
                all.find().subscribe(found -> {}, unknown -> {});
            }
            return all.known();
        });
    }

    /** Whether requests of {@link #performAlone} are under way for a bucket. */
    public boolean isWrittenAlone(String bucket) {
        return writes.isWrittenAlone(bucket);
    }

    /** What is seen of the sites, by their names. */
    public Map<String, SiteHealth> health() {
        Map<String, SiteHealth> health = new TreeMap<>();
        sites.forEach((name, reached) -> health.put(name, reached.health()));
        return health;
    }
}
