-- Which sites turned dark for one of the gateways, for the others to look: the latest of each site.
create table site_warning (
    site    varchar(63) not null primary key,
    gateway varchar(20) not null, -- who found it dark
    why     text        not null,
    times   bigint      not null  -- that it was found dark; one that has risen is news
);
