using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Babyhelm.Migrations.Migrations
{
    /// <inheritdoc />
    public partial class InvitationsOfOwners : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_users_last_sign_in_at",
                table: "users");

            migrationBuilder.DropIndex(
                name: "ix_invitations_normalized_email",
                table: "invitations");

            migrationBuilder.AddColumn<Guid>(
                name: "mail_id",
                table: "invitations",
                type: "uuid",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_users_last_sign_in_at_id",
                table: "users",
                columns: new[] { "last_sign_in_at", "id" });

            // The newest first, and who never signed in last, as the list of users asks for it.
            migrationBuilder.Sql("CREATE INDEX ix_users_last_sign_in_newest ON users ((last_sign_in_at IS NULL), last_sign_in_at DESC, id)");

            migrationBuilder.CreateIndex(
                name: "ix_invitations_mail_id",
                table: "invitations",
                column: "mail_id");

            migrationBuilder.CreateIndex(
                name: "ix_invitations_normalized_email_by_admin",
                table: "invitations",
                columns: new[] { "normalized_email", "by_admin" },
                unique: true);

            migrationBuilder.AddForeignKey(
                name: "fk_invitations_outgoing_mails_mail_id",
                table: "invitations",
                column: "mail_id",
                principalTable: "outgoing_mails",
                principalColumn: "id",
                onDelete: ReferentialAction.SetNull);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("DROP INDEX ix_users_last_sign_in_newest");
            // There can be only one for an address then.
            migrationBuilder.Sql("DELETE FROM invitations owners USING invitations admins WHERE NOT owners.by_admin AND admins.by_admin AND owners.normalized_email = admins.normalized_email");

            migrationBuilder.DropForeignKey(
                name: "fk_invitations_outgoing_mails_mail_id",
                table: "invitations");

            migrationBuilder.DropIndex(
                name: "ix_users_last_sign_in_at_id",
                table: "users");

            migrationBuilder.DropIndex(
                name: "ix_invitations_mail_id",
                table: "invitations");

            migrationBuilder.DropIndex(
                name: "ix_invitations_normalized_email_by_admin",
                table: "invitations");

            migrationBuilder.DropColumn(
                name: "mail_id",
                table: "invitations");

            migrationBuilder.CreateIndex(
                name: "ix_users_last_sign_in_at",
                table: "users",
                column: "last_sign_in_at");

            migrationBuilder.CreateIndex(
                name: "ix_invitations_normalized_email",
                table: "invitations",
                column: "normalized_email",
                unique: true);
        }
    }
}
