-- The buckets that clients know. Plain SQL for SQLite and PostgreSQL alike.
create table bucket (
    name    varchar(63) primary key,
    owner   varchar(63) not null,
    policy  varchar(63) not null,
    members text        not null, -- names of sites, the preferred one first, separated by commas
    created bigint      not null  -- milliseconds since 1970-01-01 UTC
);
