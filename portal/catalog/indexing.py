"""What of a service can be found by searching."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.models import Service, ServiceDocument
from portal.search.services import forget, index


def index_service(session: Session, service: Service) -> None:
    """Bring the postings of a service in step with its texts and the names of its papers."""
    if not service.is_active:
        forget(session, "service", service.id)
        return
    papers = session.scalars(
        select(ServiceDocument.name).where(ServiceDocument.service_id == service.id)
    )
    texts = [*service.name.values(), *service.summary.values()]
    texts += [text for name in papers for text in name.values()]
    index(session, "service", service.id, texts)
