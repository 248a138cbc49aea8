# The consent page and what scopes mean in plain words.
consent-title = Allow access?
consent-lead = { $application } wants to use your account.
consent-account = Signed in as
consent-not-you = Not you?
consent-scopes = If you allow this, it can:
consent-redirect = Afterwards you go to { $host }.
consent-own-device = This address is on your own device. Allow this only if you started it yourself.
consent-site = Website of the application:
consent-remembered = If you allow it, your answer is remembered for this application.
consent-allow = Allow
consent-deny = Deny

scope-group-oidc = Your account
scope-openid-title = Know that it is you
scope-openid-detail = An identifier that stands for your account
scope-profile-title = See your name and profile
scope-profile-detail = Name, user name, picture and language, as far as you gave them
scope-email-title = See your e-mail address
scope-email-detail = Your address, and whether it is confirmed
scope-address-title = See your postal address
scope-address-detail = The address in your profile
scope-phone-title = See your phone number
scope-phone-detail = Your number, and whether it is confirmed
scope-offline_access-title = Keep this access while you are away
scope-offline_access-detail = It stays until you or the application end it
