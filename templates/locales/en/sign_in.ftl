# The sign-in page.
sign-in-title = Sign in
sign-in-lead = Enter your user name or e-mail address, and your password.
sign-in-lead-application = to continue to { $application }

sign-in-again-title = Confirm it is you
sign-in-again-lead = You are already signed in. Enter your password once more to go on.
sign-in-again-lead-application = { $application } asks you to enter your password once more.

sign-in-choose-title = Choose an account
sign-in-choose-lead = Sign in with the account you want to use.
sign-in-choose-lead-application = Sign in with the account you want to use for { $application }.

sign-in-username = User name or e-mail address
sign-in-password = Password
sign-in-submit = Sign in
sign-in-again-submit = Confirm

sign-in-wrong-title = The user name or password is not right
sign-in-wrong-username = Check the user name or e-mail address
sign-in-wrong-password = Check the password, including capital letters

sign-in-missing-title = Something is missing
sign-in-missing-username = Enter your user name or e-mail address
sign-in-missing-password = Enter your password

sign-in-busy-title = Too many attempts
sign-in-busy-seconds = Please wait { $seconds ->
    [one] one second
   *[other] { $seconds } seconds
} and try again.
sign-in-busy-minutes = Please wait { $minutes ->
    [one] one minute
   *[other] { $minutes } minutes
} and try again.

sign-in-stale-title = This page was open too long
sign-in-stale-advice = Nothing is lost. Please sign in again.
