# Around every page.
skip-to-content = Skip to the main content
environment = Environment: { $name }
footer-reference = Reference
footer-care = Never share your password or a sign-in link with anyone.
required = required
