-- What a DBA prepares once: an administrator for Daypass that is no superuser, tables of sample rows, and one prepared role.
create table public.orders (
  id int primary key, status text not null, total numeric(10, 2) not null, customer_email text not null
);
insert into public.orders values
  (1001, 'paid', 49.90, 'ana@example.com'),
  (1002, 'refunded', 12.00, 'bo@example.com'),
  (1003, 'paid', 230.50, 'chris@example.com'),
  (1004, 'pending', 5.25, 'dee@example.com');
create table public.payment_cards (order_id int references public.orders, last_four char(4) not null, expires text not null);
insert into public.payment_cards values (1001, '4242', '11/28'), (1003, '0005', '03/27');
create table public.invoices (order_id int references public.orders, sent_on date not null);
insert into public.invoices values (1001, '2026-11-02'), (1003, '2026-11-09');
create table public.customers (id int primary key, name text not null, address text not null);
insert into public.customers values (1, 'Ana Ruiz', 'Calle Mayor 4, Madrid'), (2, 'Bo Lind', 'Storgatan 9, Lund');
create role orders_fixer nologin;
grant select, update (status, total) on public.orders to orders_fixer;

create role daypass_admin login createrole;
grant select on public.orders, public.customers, public.payment_cards to daypass_admin with grant option;
grant orders_fixer to daypass_admin with admin option;
