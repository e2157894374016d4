package org.entente.backends;

/** A site did not do its part. What the site answered, refusals included, is no fault but a reply. */
public final class Fault extends RuntimeException {
    /** What happened. */
    public sealed interface Cause {
        /** Whether the request may have taken effect all the same. */
        boolean mayHaveBeenApplied();

        /** Whether it happened here, and says nothing of the site. */
        default boolean isOurOwn() {
            return false;
        }
    }

    /** No connection could be had. */
    public record Unreachable() implements Cause {
        @Override
        public boolean mayHaveBeenApplied() {
            return false;
        }
    }

    /** The request went out and no answer came in time. */
    public record Silent() implements Cause {
        @Override
        public boolean mayHaveBeenApplied() {
            return true;
        }
    }

    /** The connection broke before the answer's end. */
    public record Broken() implements Cause {
        @Override
        public boolean mayHaveBeenApplied() {
            return true;
        }
    }

    /** What came was no answer that we could read. */
    public record Unintelligible() implements Cause {
        @Override
        public boolean mayHaveBeenApplied() {
            return true;
        }
    }

    /** The site does not accept our key pair. */
    public record CredentialsRefused() implements Cause {
        @Override
        public boolean mayHaveBeenApplied() {
            return false;
        }
    }

    /** The site has failed so often of late that it was not asked. */
    public record Dark() implements Cause {
        @Override
        public boolean mayHaveBeenApplied() {
            return false;
        }
    }

    /** The site is as busy with our requests as it may be; nothing was sent. */
    public record Declined() implements Cause {
        @Override
        public boolean mayHaveBeenApplied() {
            return false;
        }

        @Override
        public boolean isOurOwn() {
            return true;
        }
    }

    /** We have no memory left for what the site sends, or for what it is to be sent. */
    public record Exhausted() implements Cause {
        @Override
        public boolean mayHaveBeenApplied() {
            return true;
        }

        @Override
        public boolean isOurOwn() {
            return true;
        }
    }

    private final String site;
    private final Cause reason;

    public Fault(String site, Cause reason, String detail) {
        super(site + ": " + detail, null, false, false);
        this.site = site;
        this.reason = reason;
    }

    public Fault(String site, Cause reason, Throwable cause) {
        super(site + ": " + cause, cause);
        this.site = site;
        this.reason = reason;
    }

    public String site() {
        return site;
    }

    public Cause reason() {
        return reason;
    }
}
