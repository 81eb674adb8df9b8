import httpx

async def get_gmail_auth_url(your_user_id: str) -> str:
    """Get OAuth URL for a user to connect Gmail."""
    async with httpx.AsyncClient() as client:
        response = await client.post(
            "http://your-mcp-server:8080/tools/gmail_get_auth_url",
            json={
                "user_id": your_user_id,  # YOUR app's user ID
                "scopes": [
                    "https://www.googleapis.com/auth/gmail.readonly",
                    "https://www.googleapis.com/auth/gmail.send"
                ]
            }
        )
        data = response.json()
        return data["auth_url"]


async def handle_oauth_callback(code: str, state: str):
    """Handle the OAuth callback from Google."""
    async with httpx.AsyncClient() as client:
        response = await client.post(
            "http://your-mcp-server:8080/tools/gmail_handle_oauth_callback",
            json={
                "code": code,
                "state": state
            }
        )
        data = response.json()
        
        if data["success"]:
            # Save connection_id associated with your user
            connection_id = data["connection_id"]
            gmail_address = data["gmail_address"]
            return {"success": True, "connection_id": connection_id}
        else:
            return {"success": False, "error": data["error"]}


async def search_user_email(connection_id: str, query: str):
    """Search a user's Gmail."""
    async with httpx.AsyncClient() as client:
        response = await client.post(
            "http://your-mcp-server:8080/tools/gmail_search",
            json={
                "connection_id": connection_id,
                "query": query,
                "max_results": 10
            }
        )
        return response.json()

async def send_email_for_user(connection_id: str, to: list, subject: str, body: str):
    """Send email from a user's Gmail."""
    async with httpx.AsyncClient() as client:
        response = await client.post(
            "http://your-mcp-server:8080/tools/gmail_send",
            json={
                "connection_id": connection_id,
                "to": to,
                "subject": subject,
                "body": body
            }
        )
        return response.json()


async def get_user_connections(user_id: str):
    """Get all Gmail connections for a user."""
    async with httpx.AsyncClient() as client:
        response = await client.post(
            "http://your-mcp-server:8080/tools/gmail_list_connections",
            json={"user_id": user_id}
        )
        return response.json()


async def disconnect_gmail(connection_id: str, revoke: bool = True):
    """Disconnect a Gmail account."""
    async with httpx.AsyncClient() as client:
        response = await client.post(
            "http://your-mcp-server:8080/tools/gmail_disconnect",
            json={
                "connection_id": connection_id,
                "revoke_google_access": revoke
            }
        )
        return response.json()
