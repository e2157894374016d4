-- What is not yet the same everywhere. Keys are bytes, so that their order is S3's in every database.
create table entry (
    bucket     varchar(63) not null,
    object_key bytea       not null,

    -- What the last write that came to its end left.
    standing    varchar(8)  not null, -- same, present or absent
    generation  varchar(80) not null,
    holders     text        not null, -- sites, each with a comma before and behind
    owed        text        not null,
    strays      text        not null,
    doubt_until bigint      not null, -- milliseconds since 1970-01-01 UTC
    amended     smallint    not null,
    etag        text        not null,
    size        bigint      not null,
    modified    bigint      not null,
    parts       text        not null, -- lengths, as in 8388608x12,17
    principal   varchar(63) not null,
    since       bigint      not null, -- when it ceased to be the same everywhere

    -- The write that is being ended, or whose end nobody knows; none where way_kind is empty.
    way_kind        varchar(8)  not null,
    way_generation  varchar(80) not null,
    way_sites       text        not null,
    way_acknowledge smallint    not null,
    way_principal   varchar(63) not null,
    way_parts       text        not null,
    owner           varchar(40) not null,

    next_try bigint  not null,
    tries    integer not null,
    primary key (bucket, object_key)
);
create index entry_under_way on entry (owner) where way_kind <> '';
create index entry_owed on entry (owed, strays, since, size);

-- The gateways that share the journal: one whose beats have stopped is gone, and what it left is taken over.
create table gateway (
    id    varchar(40) primary key,
    beats bigint      not null
);

-- Multipart uploads of buckets that several sites hold. Our id stands for one upload at each site.
create table joint_upload (
    id         varchar(40) primary key,
    bucket     varchar(63) not null,
    object_key bytea       not null,
    generation varchar(80) not null, -- what the object will show
    principal  varchar(63) not null,
    label      varchar(63) not null,
    tags       text        not null, -- as in a query
    sites      text        not null, -- each site's own id, as in a query
    created    bigint      not null, -- milliseconds since 1970-01-01 UTC
    etag       text        not null  -- of the object, once it has been made
);
create index joint_upload_bucket on joint_upload (bucket, object_key);

create table joint_part (
    upload   varchar(40) not null,
    number   integer     not null,
    size     bigint      not null, -- in bytes
    etag     text        not null,
    modified bigint      not null,
    primary key (upload, number)
);

-- What operators have commanded of sites. No row: nothing.
create table site_command (
    site    varchar(63) primary key,
    command varchar(16) not null, -- suspend
    author  varchar(63) not null, -- an operator's name
    reason  text        not null,
    since   bigint      not null  -- milliseconds since 1970-01-01 UTC
);
