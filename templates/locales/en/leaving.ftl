# Pages on the way out: hand-off and sign-out.
hand-off-title = Taking you to { $host }
hand-off-lead = This takes only a moment.
hand-off-lead-refused = You are being sent back without access.
hand-off-continue = Continue
hand-off-stuck = If nothing happens, use the button.

sign-out-title = Sign out?
sign-out-lead = This ends your session in this browser. Applications will ask you to sign in again.
sign-out-account = Signed in as
sign-out-submit = Sign out

signed-out-title = You are signed out
signed-out-lead = Your session in this browser has ended.
signed-out-advice = On a device that others use, close all browser windows too.
