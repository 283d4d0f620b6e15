"""`python -m appliance` is `plms`."""

from appliance.cli import main

main()
