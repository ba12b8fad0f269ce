"""What is handed to an administrator: an address, a mail, commands ready to paste."""

from __future__ import annotations

from .scopes import admin_consent_address, microsoft_scopes


def consent_mail(authority: str, tenant: str, client_id: str, address: str) -> str:
    """What the owner sends to the administrator of Microsoft 365."""
    where = admin_consent_address(authority, tenant, client_id)
    scopes = "\n".join(f"  {scope}" for scope in microsoft_scopes(authority, is_app=False))
    return f"""\
Subject: Consent for a program that reads my mailbox

Hello,

For my absence I use delegator, which runs on our own machine and hands my mail to a colleague. It signs in
to my mailbox, {address}, with an app that is registered in our own tenant ({client_id}),
and it may do these two things, in my name only (delegated permissions):

{scopes}

Our tenant wants an administrator's consent for that. Could you give it here?

  {where}

Thank you!
"""


def exchange_commands(tenant: str, client_id: str, object_id: str, address: str) -> str:
    """PowerShell that lets an app alone into one mailbox.

    object_id: of the *enterprise application*, not of the app's registration; "" where it is not known.
    """
    principal = object_id or "OBJECT-ID-OF-THE-ENTERPRISE-APPLICATION"
    return f"""\
Install-Module -Name ExchangeOnlineManagement
Connect-ExchangeOnline -Organization {tenant}
New-ServicePrincipal -AppId {client_id} -ObjectId {principal} -DisplayName delegator
# IMAP: one line for each mailbox
Add-MailboxPermission -Identity {address} -User {principal} -AccessRights FullAccess -AutoMapping $false
# SMTP: for the members of one group, and nobody else
New-DistributionGroup -Name delegator-mailboxes -Type Security -Members {address}
$group = (Get-DistributionGroup delegator-mailboxes).DistinguishedName
New-ManagementScope -Name delegator-mailboxes -RecipientRestrictionFilter "MemberOfGroup -eq '$group'"
New-ManagementRoleAssignment -App {principal} -Role "Application SMTP.SendAsApp" `
  -CustomResourceScope delegator-mailboxes
# Where submission by programs is switched off for the mailbox:
Set-CASMailbox -Identity {address} -SmtpClientAuthenticationDisabled $false
Test-ServicePrincipalAuthorization -Identity {principal} -Resource {address} | Format-Table
"""
