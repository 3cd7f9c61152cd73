"""The workstation bridge: Genesys Workspace Web Edition drives the gateway's page in a hidden browser through REST."""
