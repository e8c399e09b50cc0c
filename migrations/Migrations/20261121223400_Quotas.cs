using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Babyhelm.Migrations.Migrations
{
    /// <inheritdoc />
    public partial class Quotas : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "applied_quota",
                table: "projects",
                type: "character varying(200)",
                maxLength: 200,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "quota",
                table: "projects",
                type: "jsonb",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "quota_defaults",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false),
                    amounts = table.Column<string>(type: "jsonb", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_quota_defaults", x => x.id);
                    table.CheckConstraint("ck_quota_defaults_one_row", "id = 1");
                });

            migrationBuilder.InsertData(
                table: "quota_defaults",
                columns: new[] { "id", "amounts" },
                values: new object[] { 1, "{\"cpu\":\"8\",\"memory\":\"16Gi\",\"storage\":\"100Gi\",\"pods\":100,\"applications\":50}" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "quota_defaults");

            migrationBuilder.DropColumn(
                name: "applied_quota",
                table: "projects");

            migrationBuilder.DropColumn(
                name: "quota",
                table: "projects");
        }
    }
}
