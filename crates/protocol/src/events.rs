//! What events are about, and what they are told of.
use crate::words::word;

word! {
    /// What events are about.
    EventKind {
        /// A fully valid second use of an authorization code; its grant was revoked.
        CodeReplayed = "code.replayed",
        /// A refresh token was used again inside the retry window: the answer with its successor was lost.
        RefreshRepeated = "refresh_token.repeated",
        /// Two requests used a refresh token at the same moment.
        RefreshRaced = "refresh_token.raced",
        /// The predecessor came back after the retry window; refused.
        RefreshLate = "refresh_token.late",
        /// A refresh token came back that nobody honest has any more; its grant was revoked.
        RefreshReplayed = "refresh_token.replayed",
        /// A grant was revoked by request.
        GrantRevoked = "grant.revoked",
        /// An access token was revoked by request.
        TokenRevoked = "token.revoked",
        /// One of the tokens an application was issued; the rest are counted.
        TokenIssued = "token.issued",
        /// One of the token requests of an application that were refused; the rest are counted.
        TokenRefused = "token.refused",
        /// An account, or a name that nobody has, took its last wrong password and waits.
        SignInLocked = "sign_in.locked",
        /// Somebody signed in with their password.
        SignInSucceeded = "sign_in.succeeded",
        /// A wrong password, for an account or for a name that nobody has.
        SignInFailed = "sign_in.failed",
        /// Browser sessions were ended by their owner.
        OwnSessionsEnded = "account.sessions_ended",
        /// Somebody changed their own password.
        PasswordChanged = "account.password_changed",
        /// Somebody changed their own profile.
        ProfileChanged = "account.profile_changed",
        /// A user took an application's access away.
        ConsentWithdrawn = "account.consent_withdrawn",
        /// A one-time link was made that sets a password.
        SetupLinkMade = "account.setup_link_made",
        /// A one-time link was used: the account has a new password.
        SetupLinkUsed = "account.setup_link_used",
        TenantCreated = "tenant.created",
        TenantUpdated = "tenant.updated",
        TenantDeleted = "tenant.deleted",
        RealmCreated = "realm.created",
        RealmUpdated = "realm.updated",
        RealmDeleted = "realm.deleted",
        ApplicationCreated = "application.created",
        ApplicationUpdated = "application.updated",
        ApplicationDeleted = "application.deleted",
        SecretCreated = "application.secret_created",
        SecretUpdated = "application.secret_updated",
        SecretDeleted = "application.secret_deleted",
        ResourceServerCreated = "resource_server.created",
        ResourceServerUpdated = "resource_server.updated",
        ResourceServerDeleted = "resource_server.deleted",
        CredentialCreated = "resource_server.credential_created",
        CredentialDeleted = "resource_server.credential_deleted",
        RoleCreated = "role.created",
        RoleUpdated = "role.updated",
        RoleDeleted = "role.deleted",
        RoleMemberAdded = "role.member_added",
        RoleMemberRemoved = "role.member_removed",
        UserCreated = "user.created",
        UserUpdated = "user.updated",
        UserDeleted = "user.deleted",
        /// By an admin; by the user themself it is an event of the account.
        PasswordSet = "user.password_set",
        SessionsEnded = "user.sessions_ended",
        GroupCreated = "group.created",
        GroupUpdated = "group.updated",
        GroupDeleted = "group.deleted",
        GroupMemberAdded = "group.member_added",
        GroupMemberRemoved = "group.member_removed",
        /// A signing key was made.
        SigningKeyCreated = "signing_key.created",
        /// No token of a signing key was alive any more; its private half was wiped.
        SigningKeyRetired = "signing_key.retired",
        /// A signing key was taken back before its time.
        SigningKeyRevoked = "signing_key.revoked",
        /// Everything was sealed under another master key.
        MasterKeyRotated = "master_key.rotated",
    }
}

word! {
    /// Kinds of records that events, roles and the feed name.
    RecordKind {
        Tenant = "tenant", Realm = "realm", Application = "application", ResourceServer = "resource_server", Role = "role",
        User = "identity", Group = "group", SigningKey = "signing_key", Token = "token",
    }
}
word! {
    /// Who did something.
    ActorKind {
        /// An application by a token of its own.
        Application = "application",
        User = "identity",
        /// Somebody at the command line of the server.
        Operator = "operator",
        /// The server itself.
        System = "system",
    }
}
