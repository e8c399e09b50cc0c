using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Babyhelm.Migrations.Migrations
{
    /// <inheritdoc />
    public partial class AuditAndLists : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AlterColumn<string>(
                name: "subject",
                table: "audit_entries",
                type: "character varying(300)",
                maxLength: 300,
                nullable: false,
                oldClrType: typeof(string),
                oldType: "character varying(256)",
                oldMaxLength: 256);

            migrationBuilder.AddColumn<string>(
                name: "image",
                table: "releases",
                type: "text",
                nullable: false,
                computedColumnSql: "spec ->> 'image'",
                stored: true);

            migrationBuilder.AddColumn<bool>(
                name: "behind_gateway",
                table: "applications",
                type: "boolean",
                nullable: false,
                computedColumnSql: "COALESCE(spec ->> 'kind' = 'web' AND spec -> 'expose' ->> 'type' = 'gateway', false)",
                stored: true);

            migrationBuilder.Sql("""
                CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    RAISE EXCEPTION 'The audit log only grows: % is refused.', TG_OP USING ERRCODE = 'insufficient_privilege';
                END $$;
                CREATE TRIGGER audit_entries_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
                    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""
                DROP TRIGGER audit_entries_only_grow ON audit_entries;
                DROP FUNCTION refuse_audit_change();
                """);

            migrationBuilder.DropColumn(
                name: "behind_gateway",
                table: "applications");

            migrationBuilder.DropColumn(
                name: "image",
                table: "releases");

            migrationBuilder.AlterColumn<string>(
                name: "subject",
                table: "audit_entries",
                type: "character varying(256)",
                maxLength: 256,
                nullable: false,
                oldClrType: typeof(string),
                oldType: "character varying(300)",
                oldMaxLength: 300);
        }
    }
}
