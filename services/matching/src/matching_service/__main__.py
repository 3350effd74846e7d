import asyncio

from matching_service.app import serve

if __name__ == "__main__":
    asyncio.run(serve())
