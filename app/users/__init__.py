"""Sign-in and offices: an office is a role with a scope and a term; permissions come only through offices in force."""
