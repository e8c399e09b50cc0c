using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Babyhelm.Migrations.Migrations
{
    /// <inheritdoc />
    public partial class RollbackAndDrift : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "evidence",
                table: "releases",
                type: "jsonb",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "message",
                table: "releases",
                type: "character varying(500)",
                maxLength: 500,
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "rollback_of",
                table: "releases",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "auto_rollback",
                table: "applications",
                type: "boolean",
                nullable: false,
                defaultValue: true);

            migrationBuilder.AddColumn<string>(
                name: "compared_objects",
                table: "applications",
                type: "character varying(64)",
                maxLength: 64,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "drift",
                table: "applications",
                type: "jsonb",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "repair_requested_at",
                table: "applications",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "repaired_at",
                table: "applications",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "repairs",
                table: "applications",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<bool>(
                name: "self_heal",
                table: "applications",
                type: "boolean",
                nullable: false,
                defaultValue: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "evidence",
                table: "releases");

            migrationBuilder.DropColumn(
                name: "message",
                table: "releases");

            migrationBuilder.DropColumn(
                name: "rollback_of",
                table: "releases");

            migrationBuilder.DropColumn(
                name: "auto_rollback",
                table: "applications");

            migrationBuilder.DropColumn(
                name: "compared_objects",
                table: "applications");

            migrationBuilder.DropColumn(
                name: "drift",
                table: "applications");

            migrationBuilder.DropColumn(
                name: "repair_requested_at",
                table: "applications");

            migrationBuilder.DropColumn(
                name: "repaired_at",
                table: "applications");

            migrationBuilder.DropColumn(
                name: "repairs",
                table: "applications");

            migrationBuilder.DropColumn(
                name: "self_heal",
                table: "applications");
        }
    }
}
