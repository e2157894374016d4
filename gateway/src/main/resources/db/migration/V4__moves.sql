-- Buckets on their way to other sites.
alter table bucket add column ideal text not null default '';          -- the members that the policy chose; none where not known
alter table bucket add column moving_to text not null default '';      -- the members to come
alter table bucket add column phase varchar(12) not null default '';   -- preparing, gathering or switching
alter table bucket add column phase_since bigint not null default 0;   -- milliseconds since 1970-01-01 UTC
alter table bucket add column leaving text not null default '';        -- sites that hold what is to be removed

-- One walk through all keys of a bucket: to give them to the members to come, or to take them from the sites it leaves.
create table pass (
    bucket        varchar(63) primary key,
    cursor        bytea       not null, -- up to this key all is done
    objects       bigint      not null, -- done
    bytes         bigint      not null,
    total_objects bigint      not null, -- as counted at the beginning; 0 while not known
    total_bytes   bigint      not null,
    unlike        bigint      not null, -- objects left where they are, since the copy of them is not the same
    started       bigint      not null, -- milliseconds since 1970-01-01 UTC
    owner         varchar(40) not null, -- the gateway that walks
    waits_for     text        not null  -- why it does not go on
);

-- Gateways that still write to a bucket of one copy without the journal, though it is about to move.
create table alone (
    bucket  varchar(63) not null,
    gateway varchar(40) not null,
    primary key (bucket, gateway)
);

-- A site can be drained and suspended at the same time.
create table command_of_site (
    site    varchar(63) not null,
    command varchar(16) not null, -- suspend or drain
    author  varchar(63) not null, -- an operator's name
    reason  text        not null,
    since   bigint      not null, -- milliseconds since 1970-01-01 UTC
    primary key (site, command)
);
insert into command_of_site (site, command, author, reason, since) select site, command, author, reason, since from site_command;
drop table site_command;
alter table command_of_site rename to site_command;

-- Uploads that were begun before their bucket moved keep their site's id, which may be long.
create table upload_at_sites (
    id         text        primary key,
    bucket     varchar(63) not null,
    object_key bytea       not null,
    generation varchar(80) not null, -- what the object will show; none where it was begun at the site alone
    principal  varchar(63) not null,
    label      varchar(63) not null,
    tags       text        not null, -- as in a query
    sites      text        not null, -- each site's own id, as in a query
    created    bigint      not null, -- milliseconds since 1970-01-01 UTC
    etag       text        not null  -- of the object, once it has been made
);
insert into upload_at_sites select id, bucket, object_key, generation, principal, label, tags, sites, created, etag from joint_upload;
drop table joint_upload;
alter table upload_at_sites rename to joint_upload;
create index joint_upload_bucket on joint_upload (bucket, object_key);

create table part_at_sites (
    upload   text    not null,
    number   integer not null,
    size     bigint  not null, -- in bytes
    etag     text    not null,
    modified bigint  not null,
    primary key (upload, number)
);
insert into part_at_sites select upload, number, size, etag, modified from joint_part;
drop table joint_part;
alter table part_at_sites rename to joint_part;
