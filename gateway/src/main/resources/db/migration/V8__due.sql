-- Of a million entries that a site lacks, those that are to be looked at now are few, and looked for every second.
create index entry_due on entry (next_try) where way_kind = '';
