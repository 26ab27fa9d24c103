"""What all tests share: how Hypothesis works, which depends on no clock."""

from hypothesis import HealthCheck, settings

settings.register_profile("dlcli", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("dlcli")
