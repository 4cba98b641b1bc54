/*
 * SQL as it is: rows, several statements, parameters, transactions, errors; and what an orm says of itself.
 */
#include "em_fixture.h"

static void test_rows(void **state)
{
    world    *w = *state;
    orm_rows *rows;

    check(w->em, orm_execute(w->em, "select 1 as a, null as b, 'x' as c union all select 2, 'y', ''", NULL, 0, &rows));
    assert_int_equal(orm_rows_count(rows), 2);
    assert_int_equal(orm_rows_columns(rows), 3);
    assert_string_equal(orm_rows_name(rows, 1), "b");
    assert_int_equal(orm_rows_type(rows, 0), 23);
    assert_string_equal(orm_rows_text(rows, 0, 0), "1");
    assert_null(orm_rows_text(rows, 0, 1));
    assert_string_equal(orm_rows_text(rows, 1, 2), "");
    assert_string_equal(orm_rows_command(rows), "SELECT 2");
    assert_null(orm_rows_text(rows, 2, 0));
    assert_null(orm_rows_text(rows, 0, 3));
    assert_null(orm_rows_name(rows, 3));
    assert_int_equal(orm_rows_type(rows, 3), 0);
    orm_rows_free(w->em, rows);
    orm_rows_free(w->em, NULL);
    assert_int_equal(orm_rows_count(NULL), 0);
    assert_int_equal(orm_rows_affected(NULL), -1);
}

static void test_several_statements(void **state)
{
    world    *w = *state;
    orm_rows *rows;
    orm_rows *more;

    check(w->em,
          orm_execute(w->em, "insert into tag (name) values ('a'), ('b'); update tag set name = 'c'", NULL, 0, &rows));
    assert_int_equal(orm_rows_affected(rows), 2);
    assert_string_equal(orm_rows_command(rows), "UPDATE 2");
    check(w->em, orm_execute(w->em, "select name from tag", NULL, 0, &more));
    orm_rows_free(w->em, rows); /* in any order; what is left goes with the entity manager */
    assert_string_equal(orm_rows_text(more, 1, 0), "c");
}

static void test_parameters(void **state)
{
    world          *w = *state;
    const orm_value values[] = { orm_int(5), orm_text("o'x\\"), orm_null(), orm_bool(true) };
    orm_value       entity = { .kind = ORM_VALUE_ENTITY, .as.entity = w };
    orm_rows       *rows;

    check(w->em, orm_execute(w->em, "select $1::int + 1, $2::text, $3::int, $4::bool, '$1'", values, 4, &rows));
    assert_string_equal(orm_rows_text(rows, 0, 0), "6");
    assert_string_equal(orm_rows_text(rows, 0, 1), "o'x\\");
    assert_null(orm_rows_text(rows, 0, 2));
    assert_string_equal(orm_rows_text(rows, 0, 3), "t");
    assert_string_equal(orm_rows_text(rows, 0, 4), "$1");
    assert_int_not_equal(orm_execute(w->em, "select $1", &entity, 1, NULL), ORM_OK);
    assert_int_equal(orm_execute(w->em, "select $1", NULL, 1, NULL), ORM_ERR_ARGUMENT);
    check(w->em, orm_execute(w->em, "insert into tag (name) values ($1)", &values[1], 1, NULL));
    assert_sql(w, "select name from tag", "o'x\\");
}

static void test_in_the_transaction(void **state)
{
    world *w = *state;

    check(w->em, orm_begin(w->em, NULL));
    sql(w, "insert into tag (name) values ('a')");
    assert_non_null(orm_find_one(w->em, tag, &orm_eq("name", "a"), NULL));
    check(w->em, orm_rollback(w->em));
    assert_sql(w, "select count(*) from tag", "0");
}

static void test_errors(void **state)
{
    world           *w = *state;
    orm_rows        *rows = (void *)state;
    const orm_error *error;

    assert_int_equal(orm_execute(w->em, "selec 1", NULL, 0, &rows), ORM_ERR_SYNTAX);
    assert_null(rows);
    error = orm_em_error(w->em);
    assert_string_equal(error->sqlstate, "42601");
    assert_string_equal(error->sql, "selec 1");
    assert_int_equal(orm_execute(w->em, "select * from nowhere", NULL, 0, NULL), ORM_ERR_TABLE_NOT_FOUND);
    sql(w, "select 1");
    assert_int_equal(orm_em_error(w->em)->status, ORM_OK);
}

static void test_orm(void **state)
{
    world          *w = *state;
    orm_server_info server;
    orm_error       error;
    orm            *db = w->db;
    orm_config      config = fixture_config(w, ORM_PRESET_NATIVE);

    assert_int_equal(orm_server(w->db, &server, &error), ORM_OK);
    assert_int_equal(server.platform, ORM_PLATFORM_POSTGRES);
    assert_null(server.simulated);
    assert_non_null(strstr(server.version, "PostgreSQL"));
    assert_ptr_equal(orm_entity_named(w->db, "Author"), &orm_entity_author);
    assert_null(orm_entity_named(w->db, "Autor"));
    assert_ptr_equal(orm_em_orm(w->em), w->db);

    assert_int_equal(orm_open(NULL, &db, &error), ORM_ERR_ARGUMENT);
    assert_null(db);
    assert_int_equal(orm_open(&config, NULL, NULL), ORM_ERR_ARGUMENT);
    config.url = "postgresql:///nowhere?host=/nonexistent";
    assert_int_equal(orm_open(&config, &db, &error), ORM_ERR_CONNECTION);
    assert_null(db);
    config.lazy = true;
    assert_int_equal(orm_open(&config, &db, &error), ORM_OK);
    assert_int_equal(error.status, ORM_ERR_CONNECTION); /* written only on failure */
    {
        orm_em  *em = orm_fork(db, &error);
        orm_list list;

        assert_int_equal(orm_find(em, tag, NULL, NULL, &list), ORM_ERR_CONNECTION);
        orm_create(em, tag, .name = "t");
        assert_int_equal(orm_flush(em), ORM_ERR_CONNECTION);
        assert_false(orm_in_transaction(em));
    }
    orm_close(db); /* with its entity manager */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_rows, fresh),       cmocka_unit_test_setup(test_several_statements, fresh),
        cmocka_unit_test_setup(test_parameters, fresh), cmocka_unit_test_setup(test_in_the_transaction, fresh),
        cmocka_unit_test_setup(test_errors, fresh),     cmocka_unit_test_setup(test_orm, fresh),
    };

    return RUN_IN_BOTH_PRESETS(tests);
}
