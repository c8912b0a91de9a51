"""What a database looks like, as lines that can be compared: columns, constraints, indexes, triggers, functions."""

from sqlalchemy import Connection, text

_ASKED = {
    "column": """
        SELECT format('%s.%s %s null=%s default=%s identity=%s generated=%s collation=%s', c.relname, a.attname,
                      format_type(a.atttypid, a.atttypmod), NOT a.attnotnull, pg_get_expr(d.adbin, d.adrelid),
                      a.attidentity, a.attgenerated, a.attcollation::regcollation)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) =
        (c.oid, a.attnum) WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') AND
        a.attnum > 0
              AND NOT a.attisdropped""",
    "constraint": """
        SELECT format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype <> 'n'""",
    "index": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "trigger": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "function": """
        SELECT pg_get_functiondef(oid) FROM pg_proc p WHERE pronamespace = 'public'::regnamespace AND prokind IN ('f',
        'p')
              AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')""",
    "extension": "SELECT extname FROM pg_extension",
}


def schema_of(connection: Connection) -> set[str]:
    """One line for each thing in the schema, alembic's own table left out."""
    lines = {f"{kind} {line}" for kind, asked in _ASKED.items() for line in connection.scalars(text(asked))}
    return {line for line in lines if "alembic_version" not in line}
