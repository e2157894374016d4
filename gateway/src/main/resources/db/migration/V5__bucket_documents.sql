-- What owners have said of their buckets, in S3's own documents.
create table bucket_document (
    bucket   varchar(63) not null,
    kind     varchar(20) not null, -- tagging, cors, policy ...
    document text        not null, -- as it came
    primary key (bucket, kind)
);
