-- What multipart uploads will become, where that is more than a plain object: parts bear neither label nor tags.
create table upload (
    bucket     varchar(63) not null,
    object_key text        not null,
    id         text        not null, -- the site's own
    label      varchar(63) not null,
    tags       text        not null, -- as in a query
    created    bigint      not null, -- milliseconds since 1970-01-01 UTC
    primary key (bucket, object_key, id)
);

-- Every set of policies that was ever in force.
create table policy_revision (
    number    integer      primary key, -- counted from 1
    applied   bigint       not null,    -- milliseconds since 1970-01-01 UTC
    author    varchar(63)  not null,    -- an operator's name, or "directory"
    origin    varchar(16)  not null,    -- directory, api or rollback
    directory varchar(64)  not null,    -- SHA-256 of the directory's documents when it was applied
    policies  text         not null,    -- YAML
    summary   text         not null     -- what it changed, for people
);
