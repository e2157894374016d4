-- The versions of objects in buckets that keep them at several sites: what clients call them, and what each site does.
create table version (
    bucket     varchar(63) not null,
    object_key bytea       not null,
    id         varchar(80) not null, -- the generation that made it, or null
    position   bigint      not null, -- among those of its key; the greatest is the latest
    generation varchar(80) not null, -- what it shows at the sites; none where it bears no stamp, as markers do
    marker     smallint    not null, -- of a deletion
    gone       smallint    not null, -- removed for good, and still to be removed at the sites named below
    etag       text        not null,
    size       bigint      not null,
    modified   bigint      not null, -- milliseconds since 1970-01-01 UTC
    parts      text        not null, -- lengths, as in 8388608x12,17
    principal  varchar(63) not null,
    primary key (bucket, object_key, id)
);
create index version_position on version (bucket, object_key, position);

create table version_at_site (
    bucket     varchar(63) not null,
    object_key bytea       not null,
    id         varchar(80) not null,
    site       varchar(63) not null,
    own_id     text        not null, -- the site's own
    behind     smallint    not null, -- it lacks a change of tags, retention or hold
    primary key (bucket, object_key, id, site)
);
