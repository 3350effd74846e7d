import sys

from meshkit.migration.run import migrate

if len(sys.argv) != 2:
    sys.exit("usage: python -m meshkit.migration PACKAGE, for example gateway_service")
migrate(sys.argv[1])
