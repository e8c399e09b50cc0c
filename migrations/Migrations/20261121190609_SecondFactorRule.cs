using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Babyhelm.Migrations.Migrations
{
    /// <inheritdoc />
    public partial class SecondFactorRule : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "must_change_password",
                table: "users",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<bool>(
                name: "second_factor",
                table: "user_sessions",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<string>(
                name: "second_factor",
                table: "platform_settings",
                type: "character varying(32)",
                maxLength: 32,
                nullable: false,
                defaultValue: "Off");

            // Switching it on ends all sessions but the one that gave the code; later ones gave one at the sign-in.
            migrationBuilder.Sql("UPDATE user_sessions SET second_factor = true WHERE user_id IN (SELECT id FROM users WHERE two_factor_enabled)");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "must_change_password",
                table: "users");

            migrationBuilder.DropColumn(
                name: "second_factor",
                table: "user_sessions");

            migrationBuilder.DropColumn(
                name: "second_factor",
                table: "platform_settings");
        }
    }
}
