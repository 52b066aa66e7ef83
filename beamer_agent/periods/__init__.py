"""Periods: from time to time, what is known is compared with what the contracts say."""
