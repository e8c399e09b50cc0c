using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Babyhelm.Migrations.Migrations
{
    /// <inheritdoc />
    public partial class Operations : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "applied_operation",
                table: "releases",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "digest",
                table: "releases",
                type: "character varying(200)",
                maxLength: 200,
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "operation",
                table: "releases",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<bool>(
                name: "paused",
                table: "releases",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "restarted_at",
                table: "releases",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "scaled_to",
                table: "releases",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "stopped",
                table: "releases",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<int>(
                name: "version",
                table: "releases",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<int>(
                name: "keep_release_days",
                table: "platform_settings",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<int>(
                name: "keep_releases",
                table: "platform_settings",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "changed_by",
                table: "applications",
                type: "character varying(256)",
                maxLength: 256,
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "deletes_volumes",
                table: "applications",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<int>(
                name: "version",
                table: "applications",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.UpdateData(
                table: "platform_settings",
                keyColumn: "id",
                keyValue: 1,
                columns: new[] { "keep_release_days", "keep_releases" },
                values: new object[] { 30, 50 });

            // Every release so far was one change of the spec.
            migrationBuilder.Sql("UPDATE releases SET version = number");
            migrationBuilder.Sql("UPDATE applications SET version = latest_release");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "applied_operation",
                table: "releases");

            migrationBuilder.DropColumn(
                name: "digest",
                table: "releases");

            migrationBuilder.DropColumn(
                name: "operation",
                table: "releases");

            migrationBuilder.DropColumn(
                name: "paused",
                table: "releases");

            migrationBuilder.DropColumn(
                name: "restarted_at",
                table: "releases");

            migrationBuilder.DropColumn(
                name: "scaled_to",
                table: "releases");

            migrationBuilder.DropColumn(
                name: "stopped",
                table: "releases");

            migrationBuilder.DropColumn(
                name: "version",
                table: "releases");

            migrationBuilder.DropColumn(
                name: "keep_release_days",
                table: "platform_settings");

            migrationBuilder.DropColumn(
                name: "keep_releases",
                table: "platform_settings");

            migrationBuilder.DropColumn(
                name: "changed_by",
                table: "applications");

            migrationBuilder.DropColumn(
                name: "deletes_volumes",
                table: "applications");

            migrationBuilder.DropColumn(
                name: "version",
                table: "applications");
        }
    }
}
