# Error pages: what happened, and what to do.
error-generic-title = Something went wrong
error-generic-what = We could not finish what you were doing.
error-generic-advice = Go back to the application and try again. If it happens again, give the reference below to its support.

error-redirect-title = The application sent a wrong address
error-redirect-what = The application asked us to send you to an address it has not registered. To keep you safe, we did not.
error-redirect-advice = You did nothing wrong. Tell the maker of the application, and give the reference below.

error-client-title = We do not know this application
error-client-what = The application that sent you here is not registered with us, or has been removed.
error-client-advice = You did nothing wrong. Tell the maker of the application, and give the reference below.

error-request-title = The application sent a wrong request
error-request-what = Something in the application’s request is missing or wrong, so we could not go on.
error-request-advice = You did nothing wrong. Go back and try again, or tell the maker of the application and give the reference below.

error-stale-title = This page was open too long
error-stale-what = For your safety a sign-in has to be finished within a limited time.
error-stale-advice = Nothing is lost. Go back to the application you came from and start again.

error-cookie-title = Your browser sent no cookie
error-cookie-what = We need one cookie to know that this is still you. It was missing.
error-cookie-advice = Allow cookies for this site and start again. A private window may have been closed in between.

error-not-found-title = There is nothing here
error-not-found-what = The address may be mistyped, or the page has moved.
error-not-found-advice = Check the address, or go back to the application you came from.

error-method-title = This address works differently
error-method-what = This address cannot be opened in this way.
error-method-advice = Go back to the application you came from and start again.

error-too-many-title = Too many requests
error-too-many-what = There were more requests from your network than we can take at once.
error-too-many-advice = Wait a minute, then try again.

error-unavailable-title = We are not ready right now
error-unavailable-what = The service is starting or very busy.
error-unavailable-advice = Wait a moment, then load this page again.

error-forbidden-title = This was not allowed
error-forbidden-what = The form you sent could not be checked as coming from this browser, or your account may not do this.
error-forbidden-advice = Start again from the application. If it happens again, give the reference below to its support.

error-link-title = This link is no longer good
error-link-what = It was used already, is too old, or was replaced by a newer one. A link works once and for one hour.
error-link-advice = Ask whoever gave it to you for a new one. Administrators make one on the server with: grantor setup-link

error-internal-title = That was our fault
error-internal-what = Something broke on our side. It has been recorded.
error-internal-advice = Try again in a moment. If it happens again, give the reference below to support.

error-reference = Reference
error-time = Time
error-status = Status
error-home = Back to { $application }
error-restart = Start again
error-sign-out = Sign out

error-detail-title = For developers
error-detail-lead = Shown because development mode is on.
detail-parameter = Parameter
detail-received = Received
detail-allowed = Allowed
detail-registered = Registered
detail-difference = Difference
detail-hint = Hint
detail-specification = Specification
