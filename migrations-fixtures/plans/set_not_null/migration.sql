alter table users alter column bio set not null;
