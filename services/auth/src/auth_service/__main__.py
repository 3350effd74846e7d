import asyncio

from auth_service.app import serve

if __name__ == "__main__":
    asyncio.run(serve())
