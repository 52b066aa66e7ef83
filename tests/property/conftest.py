"""How hypothesis looks for counter-examples here."""

from hypothesis import settings

# Machines that build for others at the same time are slow now and then; that is no defect.
settings.register_profile("beamer-agent", deadline=None)
settings.load_profile("beamer-agent")
